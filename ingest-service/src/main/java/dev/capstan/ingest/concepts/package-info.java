/** Which known concepts a text names. */
@NullMarked
package dev.capstan.ingest.concepts;

import org.jspecify.annotations.NullMarked;
