/** Texts in one form, and the words in them. */
@NullMarked
package dev.capstan.ingest.text;

import org.jspecify.annotations.NullMarked;
