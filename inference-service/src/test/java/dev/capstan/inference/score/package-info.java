@NullMarked
package dev.capstan.inference.score;

import org.jspecify.annotations.NullMarked;
