package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A corpus of concepts with drawings by several vendors.
 *
 * @param corpus its name, for example "emoji"
 * @param vendors all vendors, in a fixed order
 * @param concepts all concepts, in a fixed order, with unique names
 */
public record Pictures(String corpus, List<String> vendors, List<Concept> concepts) {

    public Pictures {
        vendors = List.copyOf(vendors);
        concepts = List.copyOf(concepts);
        Set<String> names = new HashSet<>();
        for (Concept concept : concepts) {
            if (!names.add(concept.name())) {
                throw new IllegalArgumentException("two concepts are called '" + concept.name() + "'");
            }
            if (!vendors.containsAll(concept.pictures().keySet())) {
                throw new IllegalArgumentException("'" + concept.name() + "' has pictures of vendors that are not in "
                        + vendors + ": " + concept.pictures().keySet());
            }
        }
    }

    public List<Concept> concepts(Novelty novelty) {
        return concepts.stream().filter(concept -> concept.novelty() == novelty).toList();
    }

    /** The names of all concepts of this novelty, in order: a label list. */
    public List<String> labels(Novelty novelty) {
        return concepts(novelty).stream().map(Concept::name).toList();
    }

    /** The names of all concepts, in order: a label list. */
    public List<String> labels() {
        return concepts.stream().map(Concept::name).toList();
    }

    /** Every picture of this novelty except those of one vendor, concept by concept. */
    List<LabelledPicture> drawnByOthers(String heldOutVendor, Novelty novelty) {
        if (!vendors.contains(heldOutVendor)) {
            throw new IllegalArgumentException("no vendor '" + heldOutVendor + "' in " + vendors);
        }
        List<LabelledPicture> drawn = new ArrayList<>();
        for (Concept concept : concepts(novelty)) {
            concept.pictures().forEach((vendor, picture) -> {
                if (!vendor.equals(heldOutVendor)) {
                    drawn.add(new LabelledPicture(concept, vendor, picture));
                }
            });
        }
        return List.copyOf(drawn);
    }

    /** A picture with where it comes from. */
    record LabelledPicture(Concept concept, String vendor, Picture picture) {}
}
