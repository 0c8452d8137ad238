/** Sample streams without Kafka: emoji pictures with their names, captioned shapes, and the dirt of a crawl. */
@NullMarked
package dev.capstan.corpora;

import org.jspecify.annotations.NullMarked;
