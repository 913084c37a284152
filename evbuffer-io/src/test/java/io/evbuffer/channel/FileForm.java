package io.evbuffer.channel;

import io.evbuffer.channel.FileSegment.Flag;
import java.util.EnumSet;
import java.util.Set;

/** The three ways of a file's bytes, as a buffer that drains to a channel has them. */
enum FileForm {
    UNLOADED(EnumSet.noneOf(Flag.class)),
    MAPPED(EnumSet.of(Flag.DISABLE_SENDFILE, Flag.ALLOW_MMAP)),
    LINEAR(EnumSet.of(Flag.DISABLE_SENDFILE));

    private final Set<Flag> flags;

    FileForm(final Set<Flag> flags) {
        this.flags = flags;
    }

    Set<Flag> flags(final Flag... more) {
        final EnumSet<Flag> all = EnumSet.noneOf(Flag.class);
        all.addAll(flags);
        all.addAll(Set.of(more));
        return all;
    }
}
