@NullMarked
package dev.capstan.ingest.balance;

import org.jspecify.annotations.NullMarked;
