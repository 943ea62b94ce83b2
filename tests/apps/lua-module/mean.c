#include <lauxlib.h>

static int mean(lua_State *state) {
    int count = lua_gettop(state);
    double sum = 0;
    if (count == 0)
        return luaL_error(state, "no numbers");
    for (int i = 1; i <= count; i++)
        sum += luaL_checknumber(state, i);
    lua_pushnumber(state, sum / count);
    return 1;
}

int luaopen_mean(lua_State *state) {
    lua_pushcfunction(state, mean);
    return 1;
}
