@NullMarked
package dev.capstan.trainer;

import org.jspecify.annotations.NullMarked;
