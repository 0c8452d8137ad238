@NullMarked
package dev.capstan.ingest.concepts;

import org.jspecify.annotations.NullMarked;
