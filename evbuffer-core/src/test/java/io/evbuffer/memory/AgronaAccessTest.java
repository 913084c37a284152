package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import org.junit.jupiter.api.Test;

class AgronaAccessTest {
    /** Makes pools the way a user does who does not know of the flag. */
    static final class WithoutKnowing {
        private WithoutKnowing() {}

        public static void main(final String[] arguments) {
            for (int i = 0; i < 3; i++) {
                try (SlabPool pool = i == 2 ? SlabPool.builder().build() : new SlabPool();
                        EvBuffer buffer = new EvBuffer(pool)) {
                    buffer.add(new byte[3000]);
                    System.out.println("works: " + buffer.length());
                } catch (final IllegalStateException e) {
                    System.out.println("refused: " + e.getMessage());
                }
            }
        }
    }

    @Test
    void withoutTheFlagEveryPoolSaysWhichOneIsMissing() throws Exception {
        final String refused =
                "refused: Agrona needs the JVM flag --add-exports java.base/jdk.internal.misc=ALL-UNNAMED,"
                        + " which is missing: add it to the command line that starts Java";
        assertThat(Forked.run(WithoutKnowing.class).lines()).containsExactly(refused, refused, refused);
    }

    @Test
    void withTheFlagEveryPoolWorksAndNothingElseIsPrinted() throws Exception {
        assertThat(Forked.run(WithoutKnowing.class, "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED")
                        .lines())
                .containsExactly("works: 3000", "works: 3000", "works: 3000");
    }

    @Test
    void theFlagThatAgronaDocumentsWorksToo() throws Exception {
        assertThat(Forked.run(WithoutKnowing.class, "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
                        .lines())
                .containsExactly("works: 3000", "works: 3000", "works: 3000");
    }
}
