package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The arithmetic of rate limits (contract 13.1, 13.2). */
class TokenBucketTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST = Integer.MAX_VALUE * MS;

    private final TokenBucketCfg hundred = new TokenBucketCfg(100, 400, 100, 400, 10 * MS);

    @Test
    @DisplayName("RL-01")
    void aTickHasWholeMillisecondsAndRatesLieBelowBursts() {
        assertEquals(LONGEST, new TokenBucketCfg(1, 1, 1, 1, LONGEST).tickNanos());
        assertEquals(MS, new TokenBucketCfg(1, 1, 1, 1, MS).tickNanos());
        assertEquals(1000 * MS, new TokenBucketCfg(1, 1, 1, 1).tickNanos());
        assertEquals(Long.MAX_VALUE, new TokenBucketCfg(1, Long.MAX_VALUE, 1, 1).burst(Directions.READ));
        for (final long tick : new long[] {0, -MS, MS / 2, MS + 1, LONGEST + MS, LONGEST + 1000 * MS, Long.MAX_VALUE}) {
            assertThrows(
                    IllegalArgumentException.class, () -> new TokenBucketCfg(1, 1, 1, 1, tick), () -> tick + " ns");
        }
        for (final long[] c : new long[][] {{0, 1, 1, 1}, {1, 1, 0, 1}, {2, 1, 1, 1}, {1, 1, 2, 1}, {-1, 1, 1, 1}}) {
            assertThrows(IllegalArgumentException.class, () -> new TokenBucketCfg(c[0], c[1], c[2], c[3]));
        }
    }

    @Test
    @DisplayName("13.2")
    void itStartsWithARateAndFillsToTheBurst() {
        final TokenBucket bucket = new TokenBucket(hundred, 1000 * MS);
        assertEquals(100, bucket.left(Directions.READ));
        bucket.refresh(1009 * MS);
        assertEquals(100, bucket.left(Directions.READ));
        bucket.refresh(1010 * MS);
        assertEquals(200, bucket.left(Directions.READ));
        bucket.refresh(1039 * MS);
        assertEquals(400, bucket.left(Directions.READ), "BEV-30");
        bucket.refresh(2000 * MS);
        assertEquals(400, bucket.left(Directions.WRITE), "BEV-30");
        assertEquals(400, bucket.left(Directions.READ, Long.MAX_VALUE));
    }

    @Test
    @DisplayName("13.2: deficit")
    void whatWasOverdrawnIsPaidFirst() {
        final TokenBucket bucket = new TokenBucket(hundred, 0);
        bucket.take(Directions.READ, 450);
        bucket.refresh(30 * MS);
        assertEquals(-50, bucket.left(Directions.READ));
        assertEquals(400, bucket.left(Directions.WRITE));
        assertEquals(50, bucket.left(Directions.READ, 45 * MS));
        assertEquals(-50, bucket.left(Directions.READ), "a question changes nothing");
    }

    @Test
    @DisplayName("13.2: clipped at the next tick")
    void whatWasPutBackAboveTheBurstIsCutAtTheNextTick() {
        final TokenBucket bucket = new TokenBucket(hundred, 0);
        bucket.take(Directions.READ, -1000);
        assertEquals(1100, bucket.left(Directions.READ));
        bucket.refresh(9 * MS);
        assertEquals(1100, bucket.left(Directions.READ));
        bucket.refresh(10 * MS);
        assertEquals(400, bucket.left(Directions.READ), "BEV-30");
    }

    @Test
    @DisplayName("13.2: no overflow")
    void theLargestNumbersDoNotWrap() {
        final TokenBucketCfg large =
                new TokenBucketCfg(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE / 2, Long.MAX_VALUE, MS);
        final TokenBucket bucket = new TokenBucket(large, 0);
        bucket.refresh(1000 * MS);
        assertEquals(Long.MAX_VALUE, bucket.left(Directions.READ));
        assertEquals(Long.MAX_VALUE, bucket.left(Directions.WRITE));
        bucket.take(Directions.READ, -1);
        assertEquals(Long.MAX_VALUE, bucket.left(Directions.READ));
        bucket.take(Directions.READ, Long.MIN_VALUE);
        assertEquals(Long.MAX_VALUE, bucket.left(Directions.READ));
        bucket.take(Directions.WRITE, Long.MAX_VALUE);
        bucket.take(Directions.WRITE, Long.MAX_VALUE);
        bucket.take(Directions.WRITE, Long.MAX_VALUE);
        assertEquals(Long.MIN_VALUE, bucket.left(Directions.WRITE));
        bucket.refresh(1001 * MS);
        assertEquals(Long.MIN_VALUE + Long.MAX_VALUE / 2, bucket.left(Directions.WRITE));
        bucket.refresh(Long.MAX_VALUE);
        assertEquals(
                Long.MAX_VALUE / 2 - 1,
                bucket.left(Directions.WRITE),
                "even the longest time pays no more than can be counted");
    }

    @Test
    @DisplayName("RL-10")
    void otherLimitsCutToTheBurstAndNeverRaise() {
        final TokenBucket bucket = new TokenBucket(hundred, 0);
        bucket.refresh(100 * MS);
        assertEquals(400, bucket.left(Directions.READ));
        bucket.configure(new TokenBucketCfg(50, 50, 1000, 1000, 10 * MS), 100 * MS);
        assertEquals(50, bucket.left(Directions.READ));
        assertEquals(400, bucket.left(Directions.WRITE));
    }

    @Test
    @DisplayName("13.2: a longer tick")
    void aLongerTickDoesNotStopRefills() {
        final TokenBucket bucket = new TokenBucket(hundred, 0);
        bucket.take(Directions.READ, 100);
        bucket.configure(new TokenBucketCfg(100, 400, 100, 400, 1000 * MS), 5 * MS); // half a tick has passed
        bucket.refresh(504 * MS);
        assertEquals(0, bucket.left(Directions.READ));
        bucket.refresh(505 * MS);
        assertEquals(100, bucket.left(Directions.READ));
        bucket.refresh(1505 * MS);
        assertEquals(200, bucket.left(Directions.READ));
    }

    @Test
    @DisplayName("13.2: a shorter tick")
    void aShorterTickDoesNotFillAtOnce() {
        final TokenBucket bucket = new TokenBucket(new TokenBucketCfg(100, 400, 100, 400, 10_000 * MS), 0);
        bucket.take(Directions.READ, 100);
        bucket.configure(hundred, 9_000 * MS); // nine tenths of a tick have passed
        bucket.refresh(9_000 * MS);
        assertEquals(0, bucket.left(Directions.READ));
        bucket.refresh(9_001 * MS);
        assertEquals(100, bucket.left(Directions.READ));
        bucket.refresh(9_011 * MS);
        assertEquals(200, bucket.left(Directions.READ));
    }

    @Test
    @DisplayName("13.2: often changed")
    void limitsThatChangeAllTheTimeStillPay() {
        final TokenBucketCfg other = new TokenBucketCfg(100, 400, 100, 400, 20 * MS);
        final TokenBucket bucket = new TokenBucket(hundred, 0);
        bucket.take(Directions.READ, 100);
        for (long ms = 1; ms <= 30; ms++) {
            bucket.configure(ms % 2 == 0 ? hundred : other, ms * MS);
        }
        assertEquals(200, bucket.left(Directions.READ), "a tick of 15 ms on average");
    }

    @Test
    @DisplayName("13.2: monotonic")
    void aClockThatStandsStillPaysNothingAndTakesNothing() {
        final TokenBucket bucket = new TokenBucket(hundred, 50 * MS);
        bucket.refresh(40 * MS);
        assertEquals(100, bucket.left(Directions.READ));
        assertEquals(10 * MS, bucket.untilTick(50 * MS));
        assertEquals(1, bucket.untilTick(60 * MS), "never nothing");
        bucket.moveClock(55 * MS, 5 * MS);
        assertEquals(5 * MS, bucket.untilTick(5 * MS));
    }
}
