@NullMarked
package dev.capstan.schemas;

import org.jspecify.annotations.NullMarked;
