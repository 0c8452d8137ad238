@NullMarked
package dev.capstan.ingest;

import org.jspecify.annotations.NullMarked;
