/** The forward passes of CLIP, LiMBeR and the language model, as plain functions over named weights. */
@NullMarked
package dev.capstan.model.network;

import org.jspecify.annotations.NullMarked;
