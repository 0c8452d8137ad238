@NullMarked
package dev.capstan.inference.labels;

import org.jspecify.annotations.NullMarked;
