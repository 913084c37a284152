/** Runs contenders one after the other and puts their numbers side by side. */
@NullMarked
package io.evbuffer.perf.compare;

import org.jspecify.annotations.NullMarked;
