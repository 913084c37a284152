package io.evbuffer.bufferevent;

/** How the last lookup of a host name ended. */
public enum DnsError {
    /** Well, or there was none. */
    NONE,
    /** There is no such name. */
    NO_NAME,
    /** The name is known, but has no address of the family asked for. */
    NO_ADDRESS,
    /** No server answered; the same question may succeed later. */
    TEMPORARY,
    /** The resolver itself failed. */
    FAILED,
    /** Another transport was set, or the BufferEvent closed, before there was an answer. */
    CANCELLED
}
