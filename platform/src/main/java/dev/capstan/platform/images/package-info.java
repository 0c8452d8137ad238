/** Decoding of image files that nobody has checked, with bounds. */
@NullMarked
package dev.capstan.platform.images;

import org.jspecify.annotations.NullMarked;
