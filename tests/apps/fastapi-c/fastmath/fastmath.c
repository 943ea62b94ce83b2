#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *gcd(PyObject *self, PyObject *arguments) {
    long a, b;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ll", &a, &b))
        return NULL;
    if (a <= 0 || b <= 0) {
        PyErr_SetString(PyExc_ValueError, "positive numbers only");
        return NULL;
    }
    while (b) {
        long rest = a % b;
        a = b;
        b = rest;
    }
    return PyLong_FromLong(a);
}

static PyMethodDef methods[] = {{"gcd", gcd, METH_VARARGS, "Greatest common divisor."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fastmath", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_fastmath(void) { return PyModule_Create(&module); }
