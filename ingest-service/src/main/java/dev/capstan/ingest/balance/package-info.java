/** Balance between concepts: frequent ones are thinned out, rare ones kept. */
@NullMarked
package dev.capstan.ingest.balance;

import org.jspecify.annotations.NullMarked;
