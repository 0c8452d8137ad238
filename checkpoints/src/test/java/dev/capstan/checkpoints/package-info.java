@NullMarked
package dev.capstan.checkpoints;

import org.jspecify.annotations.NullMarked;
