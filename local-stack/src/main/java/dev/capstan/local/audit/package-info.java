/** Every figure of a run, recomputed from the topics alone. */
@NullMarked
package dev.capstan.local.audit;

import org.jspecify.annotations.NullMarked;
