/**
 * What two threads may do at the same time, under jcstress: segments let go from elsewhere, shared reference counts, pools.
 *
 * <p>A class per subject, a nested class per scenario, two actors each: jcstress passes over what has more actors than the
 * machine has processors. Each outcome that is not named is forbidden and fails the run; so does a run of nothing.
 */
@NullMarked
package io.evbuffer.perf.stress;

import org.jspecify.annotations.NullMarked;
