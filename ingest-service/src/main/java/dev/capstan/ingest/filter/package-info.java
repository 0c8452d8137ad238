/** The rules that decide which pairs enter: one small class each, behind {@link dev.capstan.ingest.filter.PairFilter}. */
@NullMarked
package dev.capstan.ingest.filter;

import org.jspecify.annotations.NullMarked;
