package io.evbuffer.testing;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/**
 * Rules that the three libraries share, checked on their class files. Needs ArchUnit on the class path.
 */
public final class ArchitectureRules {
    private ArchitectureRules() {}

    /**
     * Reads the classes of one library, without its tests.
     *
     * @param oneOfThem any class of the library; all that stands in the same jar or folder is read.
     * @return the classes.
     */
    public static JavaClasses classesBeside(Class<?> oneOfThem) {
        return new ClassFileImporter()
                .importUrl(oneOfThem.getProtectionDomain().getCodeSource().getLocation());
    }

    /**
     * Runtime dependencies are Java and Agrona. JSpecify's annotations are read by compilers only.
     *
     * @return the rule.
     */
    public static ArchRule standOnJavaAndAgronaAlone() {
        return classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..", "javax..", "jdk.jfr", "org.agrona..", "org.jspecify.annotations", "io.evbuffer..");
    }

    /**
     * System calls stand in one class per concern, whose name says so.
     *
     * @return the rule.
     */
    public static ArchRule callNativeCodeInNativeClassesOnly() {
        return noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Native")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.foreign..")
                .allowEmptyShould(true);
    }

    /**
     * What a user can call names nothing that a user cannot see.
     *
     * @param exported the exported packages of the library.
     * @return the rule.
     */
    public static ArchRule showNoHiddenTypes(String... exported) {
        final Set<String> packages = Set.of(exported);
        return codeUnits()
                .that(new DescribedPredicate<JavaCodeUnit>("users can call") {
                    @Override
                    public boolean test(JavaCodeUnit unit) {
                        return isOpen(unit.getModifiers()) && isSeen(unit.getOwner(), packages);
                    }
                })
                .should(new ArchCondition<JavaCodeUnit>("name only types that users see") {
                    @Override
                    public void check(JavaCodeUnit unit, ConditionEvents events) {
                        for (final JavaClass type : unit.getAllInvolvedRawTypes()) {
                            final JavaClass named = type.getBaseComponentType();
                            if (named.getPackageName().startsWith("io.evbuffer") && !isSeen(named, packages)) {
                                events.add(SimpleConditionEvent.violated(
                                        unit, unit.getFullName() + " shows " + named.getName()));
                            }
                        }
                    }
                });
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static boolean isSeen(JavaClass type, Set<String> packages) {
        return packages.contains(type.getPackageName())
                && isOpen(type.getModifiers())
                && type.getEnclosingClass()
                        .map(outer -> isSeen(outer, packages))
                        .orElse(true);
    }
}
