@NullMarked
package dev.capstan.model.metrics;

import org.jspecify.annotations.NullMarked;
