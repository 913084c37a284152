/** What more than one package of this module needs and no user. Not exported. */
@NullMarked
package io.evbuffer.internal;

import org.jspecify.annotations.NullMarked;
