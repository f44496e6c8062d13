/**
 * Environment variables of a process that trains. glibc then asks Linux for huge pages under onnxruntime's memory, which
 * is walked through from end to end in every step: with 4 KiB pages a step takes 4 to 8 % longer. It has to be told
 * before the process starts, and means nothing to other systems.
 */
export const HUGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
