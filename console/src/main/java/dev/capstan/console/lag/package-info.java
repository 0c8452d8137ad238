/** Lag of consumer groups, in records and in seconds. */
@NullMarked
package dev.capstan.console.lag;

import org.jspecify.annotations.NullMarked;
