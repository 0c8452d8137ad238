@NullMarked
package dev.capstan.inference;

import org.jspecify.annotations.NullMarked;
