@NullMarked
package dev.capstan.model.training;

import org.jspecify.annotations.NullMarked;
