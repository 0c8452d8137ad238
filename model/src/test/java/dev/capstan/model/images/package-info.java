@NullMarked
package dev.capstan.model.images;

import org.jspecify.annotations.NullMarked;
