// SPDX-License-Identifier: Apache-2.0
// What check_x86.sh must refuse: one function for each group of instructions in its list.
float octet_multiply(float x, float y) { return x * y; }
float octet_convert(int x) { return static_cast<float>(x); }
long double octet_x87(long double x) { return x + x; }
bool octet_compare(double x, double y) { return x < y; }
