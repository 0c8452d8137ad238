/** Directories of weights: what is in them, and whether it is all there. */
@NullMarked
package dev.capstan.local.models;

import org.jspecify.annotations.NullMarked;
