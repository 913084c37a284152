package io.evbuffer.perf.growth;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Growth} has found, as it stands in its JSON file.
 *
 * @param sizes of the buffers, in bytes, each larger than the one before.
 * @param lines one for each kind of work.
 */
public record GrowthTable(List<Long> sizes, List<Line> lines) {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Copies the lists. */
    public GrowthTable {
        sizes = List.copyOf(sizes);
        lines = List.copyOf(lines);
    }

    /**
     * The costs of one kind of work.
     *
     * @param name of the work.
     * @param picosPerByte processor time, one number for each size.
     * @param own how many times a byte costs what it cost in a smaller buffer, without what memory itself rises by; null for
     *     plain memory.
     */
    public record Line(
            String name,
            List<Double> picosPerByte,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double own) {
        /** Copies the list. */
        public Line {
            picosPerByte = List.copyOf(picosPerByte);
        }
    }

    /**
     * Reads a file that {@link #write} has written.
     *
     * @param file as JSON.
     * @return what it says.
     * @throws IOException if it cannot be read or says something else.
     */
    public static GrowthTable read(final Path file) throws IOException {
        try {
            return JSON.readValue(Files.readString(file), GrowthTable.class);
        } catch (final JacksonException e) {
            throw new IOException(file + " holds no growth: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Writes a file.
     *
     * @param file is overwritten; its folder is made if there is none.
     * @throws IOException if it cannot be written.
     */
    public void write(final Path file) throws IOException {
        final Path folder = file.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        Files.writeString(file, JSON.writeValueAsString(this) + "\n", StandardCharsets.UTF_8);
    }

    /**
     * A size as people say it.
     *
     * @param bytes a whole number of the unit it is shown in.
     * @return {@code 64 KiB}.
     */
    public static String label(final long bytes) {
        int unit = 0;
        long number = bytes;
        while (number >= 1024 && unit < 3) {
            number /= 1024;
            unit++;
        }
        return number + " " + new String[] {"B", "KiB", "MiB", "GiB"}[unit];
    }
}
