/** The page that shows a comparison: text, tables and drawings in one file, without a script. */
@NullMarked
package io.evbuffer.perf.report;

import org.jspecify.annotations.NullMarked;
