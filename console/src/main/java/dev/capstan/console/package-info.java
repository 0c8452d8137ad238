/** The console: one page over the topics, and lag in records and seconds as metrics. */
@NullMarked
package dev.capstan.console;

import org.jspecify.annotations.NullMarked;
