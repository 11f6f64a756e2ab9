@echo off
rem Puts Syrinx into this user's folders, or takes it away again: install.bat /uninstall. Needs no administrator.
setlocal EnableExtensions DisableDelayedExpansion
if not defined LOCALAPPDATA (
    echo install.bat: LOCALAPPDATA is not set
    exit /b 1
)
set "here=%~dp0"
set "programs=%LOCALAPPDATA%\Programs\Syrinx"
set "vst3=%LOCALAPPDATA%\Programs\Common\VST3"
set "clap=%LOCALAPPDATA%\Programs\Common\CLAP"

if "%~1"=="" goto install
if /i "%~1"=="/uninstall" goto uninstall
if /i "%~1"=="--uninstall" goto uninstall
echo usage: install.bat [/uninstall]
exit /b 2

:install
if not exist "%here%bin\syrinx.exe" (
    echo install.bat: unpack the whole archive first, then run this file in the unpacked folder
    exit /b 1
)
call :take_away "%vst3%\Syrinx.vst3"
if errorlevel 1 exit /b 1
call :take_away "%clap%\Syrinx"
if errorlevel 1 exit /b 1
call :take_away "%programs%"
if errorlevel 1 exit /b 1
call :put "%here%Syrinx.vst3" "%vst3%\Syrinx.vst3"
if errorlevel 1 exit /b 1
call :put "%here%Syrinx" "%clap%\Syrinx"
if errorlevel 1 exit /b 1
call :put "%here%bin" "%programs%"
if errorlevel 1 exit /b 1
echo Try it: "%programs%\syrinx.exe" self-test
exit /b 0

:uninstall
call :take_away "%vst3%\Syrinx.vst3"
if errorlevel 1 exit /b 1
call :take_away "%clap%\Syrinx"
if errorlevel 1 exit /b 1
call :take_away "%programs%"
if errorlevel 1 exit /b 1
echo Syrinx is not installed any more; voices and presets stay in "%APPDATA%\syrinx"
exit /b 0

rem Copies a folder: call :put FROM TO
:put
xcopy "%~1" "%~2" /E /I /Q /Y /R >nul
if errorlevel 1 (
    echo install.bat: cannot copy to "%~2"
    exit /b 1
)
echo installed "%~2"
exit /b 0

rem Removes a folder of ours, if it is there: call :take_away FOLDER
:take_away
if not exist "%~1\" exit /b 0
rmdir /S /Q "%~1" 2>nul
if exist "%~1\" (
    echo install.bat: "%~1" is in use; close the programs that use Syrinx and try again
    exit /b 1
)
echo removed "%~1"
exit /b 0
