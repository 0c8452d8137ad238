@NullMarked
package dev.capstan.corpora;

import org.jspecify.annotations.NullMarked;
