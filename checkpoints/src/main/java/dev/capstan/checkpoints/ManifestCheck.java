package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorType;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The cheap check of a manifest: everything that can be refused before a byte of a tensor is fetched or allocated. */
final class ManifestCheck {
    private final CheckpointManifest manifest;
    private final ReadLimits limits;

    ManifestCheck(CheckpointManifest manifest, ReadLimits limits) {
        this.manifest = manifest;
        this.limits = limits;
    }

    /**
     * The entries of some roles.
     *
     * @throws CheckpointRefusedException if an entry contradicts itself or another one, or goes over a limit
     */
    List<TensorEntry> entries(Set<TensorRole> roles) {
        Set<TensorRole> wanted = roles.isEmpty() ? EnumSet.noneOf(TensorRole.class) : EnumSet.copyOf(roles);
        List<TensorEntry> entries = new ArrayList<>();
        Map<String, TensorEntry> byDigest = new HashMap<>();
        Set<String> names = new HashSet<>();
        long total = 0;
        for (TensorEntry entry : manifest.getTensors()) {
            if (!wanted.contains(entry.getRole())) {
                continue;
            }
            check(entry);
            if (!names.add(entry.getRole() + "/" + entry.getName())) {
                throw refused(entry, "is named twice in role " + entry.getRole());
            }
            TensorEntry same = byDigest.putIfAbsent(entry.getDigest(), entry);
            if (same == null) {
                total += entry.getBytes();
            }
            if (same != null && !isSameContent(same, entry)) {
                throw refused(entry, "shares its digest with " + same.getName() + " but not its type and shape");
            }
            if (total > limits.maxTotalBytes()) {
                throw refused(entry, "brings the fetch over the limit of " + limits.maxTotalBytes() + " bytes");
            }
            entries.add(entry);
        }
        return entries;
    }

    CheckpointRefusedException refused(TensorEntry entry, String problem) {
        return new CheckpointRefusedException("Tensor " + entry.getName() + " of "
                + manifest.getLineage().getModel() + " version "
                + manifest.getLineage().getVersion() + " " + problem);
    }

    private void check(TensorEntry entry) {
        if (!RecordKeys.isDigest(entry.getDigest())) {
            throw refused(entry, "has no SHA-256 digest: " + entry.getDigest());
        }
        if (entry.getBytes() < 0 || entry.getBytes() > limits.maxTensorBytes()) {
            throw refused(
                    entry,
                    "states " + entry.getBytes() + " bytes, the limit of one tensor is " + limits.maxTensorBytes());
        }
        if (entry.getBytes() != stated(entry)) {
            throw refused(
                    entry,
                    "states " + entry.getBytes() + " bytes, which is not what type " + entry.getType() + " and shape "
                            + entry.getShape() + " give");
        }
    }

    private long stated(TensorEntry entry) {
        long bytes = type(entry).bytes();
        for (long dimension : entry.getShape()) {
            if (dimension < 0) {
                throw refused(entry, "has a negative dimension in shape " + entry.getShape());
            }
            if (dimension != 0 && bytes > Long.MAX_VALUE / dimension) {
                throw refused(entry, "has an impossible shape " + entry.getShape());
            }
            bytes *= dimension;
        }
        return bytes;
    }

    private TensorType type(TensorEntry entry) {
        try {
            return TensorType.valueOf(entry.getType());
        } catch (IllegalArgumentException e) {
            throw refused(entry, "has a type that this reader does not know: " + entry.getType());
        }
    }

    private static boolean isSameContent(TensorEntry one, TensorEntry other) {
        return one.getType().equals(other.getType())
                && one.getShape().equals(other.getShape())
                && one.getBytes() == other.getBytes();
    }
}
