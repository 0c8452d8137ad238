@NullMarked
package dev.capstan.platform.images;

import org.jspecify.annotations.NullMarked;
