package io.evbuffer.libevent;

/**
 * Every difference from libevent 2.1.12 that is wanted, with the contract's place. {@link LibeventBuffer} alone knows what to
 * do about each: it checks that libevent does differ, counts it, and answers as the contract has it. The test checks that
 * each is met. What stands as "not called" would end the process or spoil its memory.
 */
enum WantedDifference {
    LINE_IS_TOLD_ONCE("3.4", "libevent tells of a line and of its end in two rounds, we in one"),
    VECTORS_ARE_TOLD_ONCE("3.4", "libevent tells of each vector that is added, we of their sum"),
    REFUSED_VECTORS_ARE_REFUSED("B-1", "libevent answers that it added 0 bytes to a frozen end, we throw"),
    FAILED_MOVE_KEEPS_POSITION("5.4", "libevent turns a position that cannot go so far into none, ours stays"),
    NOTHING_IS_NOT_FOUND_BEYOND_THE_END("5.4", "libevent finds an empty needle at a start behind the end, we do not"),
    NOTHING_CAN_BE_PULLED_UP("5.2", "libevent answers NULL to a pull-up of no bytes, we with an empty view"),
    PEEK_SHOWS_NO_EMPTY_VECTORS("B-5", "libevent shows vectors without bytes, and one where none is asked, we never"),
    CONTIGUOUS_LENGTH_IS_OF_DATA("5.4", "libevent answers 0 if its first chain is empty, we look at the first data"),
    EMPTY_REFERENCE_COMES_BACK_AT_ONCE("B-16", "libevent keeps a reference of no bytes, we give it back in the call"),
    OWN_RESERVATION_IS_COMMITTED("INV-27", "libevent refuses the room it found in a spare chain that is not the last"),
    RESERVING_NOTHING_IS_LEGAL("B-23", "libevent asserts that there is room; not called with several vectors"),
    SHARED_BYTES_ARE_SHARED_AGAIN("B-8", "libevent refuses to share what is shared already, we do not"),
    SHARED_BYTES_ARE_NOT_OVERWRITTEN("B-8", "libevent pulls up into memory that another buffer shows; not called"),
    SHARING_KEEPS_NO_BUFFER_ALIVE("B-8", "libevent's shared bytes keep their buffer; freed only once it is drained"),
    SHARING_INTO_EMPTY_CHAINS("B-9", "libevent uses empty chains it has freed; called with a new buffer instead");

    private final String place;
    private final String what;

    WantedDifference(final String place, final String what) {
        this.place = place;
        this.what = what;
    }

    @Override
    public String toString() {
        return place + " " + what;
    }
}
