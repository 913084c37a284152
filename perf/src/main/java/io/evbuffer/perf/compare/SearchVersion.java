package io.evbuffer.perf.compare;

import java.lang.reflect.Method;

/** Prints which version of the search core has chosen in this JVM: a program, as that depends on the JVM's flags. */
final class SearchVersion {
    private SearchVersion() {}

    static void main(final String[] args) throws ReflectiveOperationException {
        // Hidden from users and made for reports; perf runs on the class path, where reflection reaches it.
        final Method version = Class.forName("io.evbuffer.ByteSearch").getDeclaredMethod("version");
        version.setAccessible(true);
        System.out.println(version.invoke(null));
    }
}
