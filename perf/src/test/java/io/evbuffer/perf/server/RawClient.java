package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;

/** A client that says to a server what no polite client would, byte by byte if need be. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    /** What came back; names of fields in any case. */
    static final class Response {
        private final int status;
        private final Map<String, String> fields;
        private final byte[] body;

        private Response(final int status, final Map<String, String> fields, final byte[] body) {
            this.status = status;
            this.fields = fields;
            this.body = body;
        }

        int status() {
            return status;
        }

        String field(final String name) {
            return fields.get(name);
        }

        byte[] body() {
            return body;
        }
    }

    RawClient(final RunningServer server) throws IOException {
        socket = server.connect();
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1024);
    }

    Socket socket() {
        return socket;
    }

    RawClient send(final String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        return this;
    }

    /** A whole GET with the fields given, each ended. */
    RawClient get(final String target, final String... fields) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + String.join("", fields) + "\r\n");
    }

    Response response() throws IOException {
        return response(true);
    }

    /** Reads the next response, with a body or, as after HEAD, without. */
    Response response(final boolean hasBody) throws IOException {
        final String line = line();
        if (!line.startsWith("HTTP/1.1 ")) throw new IOException("no status line: " + line);
        final int status = Integer.parseInt(line.substring(9, 12));
        final Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String field = line(); !field.isEmpty(); field = line()) {
            final int colon = field.indexOf(": ");
            if (fields.put(field.substring(0, colon), field.substring(colon + 2)) != null) {
                throw new IOException("twice: " + field);
            }
        }
        final String length = fields.get("Content-Length");
        final boolean body = hasBody && length != null;
        return new Response(status, fields, body ? exactly(Integer.parseInt(length)) : new byte[0]);
    }

    private byte[] exactly(final int count) throws IOException {
        final byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) throw new EOFException(bytes.length + " bytes of " + count);
        return bytes;
    }

    private String line() throws IOException {
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            final int b = in.read();
            if (b < 0) throw new EOFException("in a head, after '" + line + "'");
            if (b != '\r') {
                line.write(b);
            } else if (in.read() == '\n') {
                return line.toString(ISO_8859_1);
            } else {
                throw new IOException("a bare CR after '" + line + "'");
            }
        }
    }

    /** Everything up to the end of the stream. */
    byte[] rest() throws IOException {
        return in.readAllBytes();
    }

    /** Ends the connection with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
