package io.evbuffer.perf.compare;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All that a comparison found, as it stands in its JSON file. In all numbers lower is better.
 *
 * @param environment where it was measured.
 * @param workloads in the order of the table.
 */
public record Results(Environment environment, List<Row> workloads) {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** Copies the list. */
    public Results {
        workloads = List.copyOf(workloads);
    }

    /**
     * Reads a file that {@link #write} has written.
     *
     * @param file as JSON.
     * @return what it says.
     * @throws IOException if it cannot be read or says something else.
     */
    public static Results read(final Path file) throws IOException {
        try {
            return JSON.readValue(Files.readString(file), Results.class);
        } catch (final JacksonException e) {
            throw new IOException(file + " holds no results of a comparison: " + e.getOriginalMessage(), e);
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
     * The numbers of a workload.
     *
     * @param title its name and parameters.
     * @return empty if it was not measured.
     */
    public Optional<Row> row(final String title) {
        return workloads.stream().filter(row -> row.title().equals(title)).findFirst();
    }

    /**
     * How many workloads a peer does better.
     *
     * @return 0 or more.
     */
    public long losses() {
        return workloads.stream().filter(Row::isLost).count();
    }
}
