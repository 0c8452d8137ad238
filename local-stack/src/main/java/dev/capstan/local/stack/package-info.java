/** The stack of one machine: which processes it has, how each is launched, and what is on disk. */
@NullMarked
package dev.capstan.local.stack;

import org.jspecify.annotations.NullMarked;
