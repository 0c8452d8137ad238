/** The demo: a stream of pictures, questions about pictures that nobody trained on, a live view, a report. */
@NullMarked
package dev.capstan.local.demo;

import org.jspecify.annotations.NullMarked;
