/** Makes the demo's base weights: tokenizer, language model, CLIP and the linear map, from the corpora alone. */
@NullMarked
package dev.capstan.local.baseweights;

import org.jspecify.annotations.NullMarked;
