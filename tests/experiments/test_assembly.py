from slonana_analysis.experiments.assembly import hot_loop

X86 = """
\t.text
_ZN6kernel:
\tmovq\t%rdi, %rax
\tjmp\t.LBB0_9
.LBB0_2:
\t# the outer loop only steps
\txorl\t%ecx, %ecx
\t.p2align\t4
.LBB0_3:
\tvaddss\t(%rax,%rcx,4), %xmm0, %xmm0
\tvaddss\t4(%rax,%rcx,4), %xmm0, %xmm0  # second
\taddq\t$2, %rcx
\tcmpq\t%rcx, %rdx
\tjne\t.LBB0_3
\tdecq\t%rsi
\tjne\t.LBB0_2
.LBB0_9:
\tcallq\t*%r11
\tnop
\tnop
\tnop
\tnop
\tnop
\tnop
\ttestq\t%rax, %rax
\tje\t.LBB0_9
\tjmp\t.LBB0_2
\tretq
"""

AARCH64 = """
kernel:
.LBB0_1:
\tldr\ts1, [x0], #4
\tsubs\tx1, x1, #1
\tfadd\ts0, s0, s1
\tb.ne\t.LBB0_1
\tret
"""


def test_the_innermost_loop_is_found_not_the_one_around_it_nor_one_that_calls():
    loop = hot_loop(X86)
    assert loop.mnemonics() == {"vaddss": 2, "addq": 1, "cmpq": 1, "jne": 1}
    assert loop.instructions[1] == "vaddss 4(%rax,%rcx,4), %xmm0, %xmm0"


def test_arm_branches_close_loops_too():
    assert hot_loop(AARCH64).mnemonics()["fadd"] == 1


def test_a_function_without_a_loop_has_none():
    assert hot_loop("f:\n\tretq\n").instructions == ()
