@NullMarked
package dev.capstan.model.text;

import org.jspecify.annotations.NullMarked;
