/** Reads what Hugging Face and open_clip publish: configurations and safetensors files under other names than ours. */
@NullMarked
package dev.capstan.model.pretrained;

import org.jspecify.annotations.NullMarked;
