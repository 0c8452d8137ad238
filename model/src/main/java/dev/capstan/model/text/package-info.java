/** Byte-pair tokenizers: use and training. */
@NullMarked
package dev.capstan.model.text;

import org.jspecify.annotations.NullMarked;
