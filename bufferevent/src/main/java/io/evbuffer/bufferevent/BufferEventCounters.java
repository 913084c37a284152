package io.evbuffer.bufferevent;

/**
 * What a BufferEvent has done since it was made, for logs and dashboards.
 *
 * @param bytesIn                  bytes appended to the input.
 * @param bytesOut                 bytes taken from the output.
 * @param reads                    calls of the transport for reading.
 * @param writes                   calls of the transport for writing.
 * @param interestChanges          how often it asked the reactor to wait for the transport, or no more.
 * @param notices                  callbacks that ran.
 * @param watermarkSuspensions     how often reading paused at the high mark.
 * @param bandwidthSuspensions     how often a direction rested for its own rate limit.
 * @param groupSuspensions         how often a direction rested for the limit of its group.
 * @param lookupSuspensions        how often a direction waited for a lookup.
 * @param layerSuspensions         how often a direction waited for another layer or a handshake.
 * @param stalls                   how often the input stayed at its high mark for a second and longer with nothing taken.
 */
public record BufferEventCounters(
        long bytesIn,
        long bytesOut,
        long reads,
        long writes,
        long interestChanges,
        long notices,
        long watermarkSuspensions,
        long bandwidthSuspensions,
        long groupSuspensions,
        long lookupSuspensions,
        long layerSuspensions,
        long stalls) {}
