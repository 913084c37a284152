package io.evbuffer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BufferUtil;

/** A program that {@link ByteSearch25Test} starts in JVMs with other flags, to see what it prints. */
final class SearchProbe {
    private SearchProbe() {}

    public static void main(final String[] arguments) throws IOException {
        if (arguments.length == 0) {
            System.out.print(answers());
        } else {
            System.out.print(searchInFileCutShort(Path.of(arguments[0])));
        }
    }

    /** The version, then positions found in a megabyte; the same from every version. */
    static String answers() {
        final StringBuilder answers = new StringBuilder("version " + ByteSearch.version() + "\n");
        final EolMatch match = new EolMatch();
        try (SlabPool pool = new SlabPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.add("the quick brown fox ".repeat(50_000).getBytes(US_ASCII));
            buffer.add("jumps\r\nover the lazy dog\n\0".getBytes(US_ASCII));
            for (final String needle :
                    new String[] {"j", "fox jumps", "fox the", "dog\n", "cat", "e quick brown fox j"}) {
                answers.append(buffer.search(needle.getBytes(US_ASCII), 0)).append(' ');
            }
            for (final EolStyle style : EolStyle.values()) {
                buffer.searchEol(0, style, match);
                answers.append(match).append(' ');
            }
        }
        return answers.append('\n').toString();
    }

    /** Searches a mapped file, not as steady memory, after its end was taken away: native code would end this JVM. */
    private static String searchInFileCutShort(final Path file) throws IOException {
        final int size = 1 << 20;
        Files.write(file, new byte[size]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            channel.truncate(0);
            try {
                return "found " + ByteSearch.indexOf((byte) 1, BufferUtil.address(mapped), mapped.capacity(), false);
            } catch (final InternalError e) {
                return ByteSearch.version() + " version, refused by the JVM";
            }
        }
    }
}
