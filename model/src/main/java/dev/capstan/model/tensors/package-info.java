/** Named tensors outside any engine, and the safetensors file format. Knows nothing of DJL. */
@NullMarked
package dev.capstan.model.tensors;

import org.jspecify.annotations.NullMarked;
