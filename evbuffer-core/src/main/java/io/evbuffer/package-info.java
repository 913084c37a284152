/**
 * Byte queues held as chains of off-heap segments: bytes enter at either end, leave at the front, and move from buffer
 * to buffer without a copy.
 *
 * <p>Ownership: a buffer owns the segments that its chains show, one reference each, and gives them back as it is
 * drained and when it is closed. Who makes a buffer closes it.
 *
 * <p>Threads: a buffer belongs to one thread at a time. Two buffers that share a segment may be on two threads.
 *
 * <p>Failure: an operation that throws has changed nothing. Misuse throws at once, with the values in the message.
 *
 * <p>How the classes stand on one another, for readers of the source:
 *
 * <pre>
 *   EvBuffer            the public verbs: documents them and holds the lock     EvBufferReader, EvBufferWriter,
 *     BufferOperations  what each verb does: check, take memory, change, tell   EvBufferStreams, HexDump
 *       BufferState     open, frozen, limits, holders, who is told              Listeners, BufferPin, EvMark, LockOrder
 *         ChainData     bytes in, out and across; what is not in memory         ChainIndex, EvPosition, UnloadedBytes
 *           ChainSpace  how room is made behind the data                        EvIovec
 *             ChainList the links and their invariants
 *               Chain   a window on one segment                                 ReferencedMemory, RawCopy
 *
 *   ByteSearch (SwarSearch, or the C library), NeedleSearch, EolSearch, LineScan   finding bytes, needles, lines
 *   io.evbuffer.memory                                                             where segments come from
 * </pre>
 */
@NullMarked
package io.evbuffer;

import org.jspecify.annotations.NullMarked;
