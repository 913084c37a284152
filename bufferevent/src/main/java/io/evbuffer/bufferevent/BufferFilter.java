package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;

/** What one direction of a {@link FilterBufferEvent} does with its bytes. */
@FunctionalInterface
public interface BufferFilter {
    /**
     * Takes bytes from the front of the source and puts what becomes of them at the end of the target. Never called while it
     * runs, though it may write to its own BufferEvent. What counts as progress is the bytes that moved: a call that moved
     * none, whatever it answers, is followed by none until the source grows or a flush comes.
     *
     * <p><b>Threads:</b> the loop's. <b>Ownership:</b> both buffers are lent for the call; their ends are frozen afterwards.
     *
     * @param source what is to be changed; empty in a flush that finds nothing.
     * @param target at its end what was made of it; empty before the call.
     * @param limit  how many bytes there is room for before the next high mark, more than 0; -1 where nothing limits them. A
     *               filter that puts more overruns the mark, and is not called before there is room again.
     * @param mode   NORMAL; FLUSH if nothing should be kept back; FINISHED if these were the last bytes.
     * @return whether to go on, to wait for more, or that this cannot be right.
     * @throws Exception ends the direction as {@link FilterResult#ERROR} does, with this cause.
     */
    FilterResult filter(EvBuffer source, EvBuffer target, long limit, FlushMode mode) throws Exception;
}
